/** Words that say nothing of a paper's subject: those of English, and those of all abstracts. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above across after again against all almost along already also although always am among an and another any are around as at away
  back be became because become becomes been before behind being below between beyond both but by can cannot could did do does doing done down due during
  each either else even ever every few first for four from further get gets give given gives go had has have having he her here hers him his how however
  i if in indeed instead into is it its itself just keep keeps kept last least less let lets like made make makes making many may me might more most much must my
  neither never next no nor not nothing now of off often on once one only onto or other others our ours out over own per perhaps please put rather re really
  same say says second see seem seems several shall she should since so some still such take takes than that the their them themselves then there thereby therefore these they
  third this those though three through thus to together too toward towards two under until up upon us use used uses using very via was we well were what when where whereas whether which while who
  whole whom whose why will with within without would yet you your
  abstract aim aims approach approaches available code demonstrate demonstrates et existing experiment experiments extensive find finding findings github https introduce introduces
  method methods new novel outperform outperforms paper present presents propose proposed proposes recent recently result results show shown shows significant significantly study work works`.split(
    /\s+/,
  ),
);
