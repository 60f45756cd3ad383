import type { DecisionView, Replay, Why } from '../ranker.ts';
import { counted, fromLog, moment, percentage } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { madeBy, operatorFrame } from './operator-page.ts';
import { termsTable } from './why-page.ts';

const explainedInFull = 5;

/** One decision: what is known of it, what judged it, why its papers stand where they do, and whether it can be made again. */
export function decisionPage(view: DecisionView, replay: Replay | null, titleOf: (paper: string) => string): Html {
  const { row } = view;
  return operatorFrame(
    'One decision',
    null,
    html`<dl class="facts">
${fact('Decision', html`<code>${row.id}</code>`)}${fact('Decided', moment(row.at))}${fact('Reader', html`<code>${row.reader ?? 'nobody'}</code>`)}
${fact('Made by', madeBy(row))}${fact('Reader’s state', row.subjectState === null ? 'none yet' : html`<code>${row.subjectState}</code>`)}
${fact('Candidates', `${row.items.length} shown of ${view.candidates}`)}${fact('Probability', fromLog(row.logProbability))}${fact('Seed', view.seed === null ? 'none' : html`<code>${view.seed}</code>`)}${fact('Loop version', html`<code>${view.loopVersion}</code>`)}
</dl>
${mixture(view)}
<section><h2>Replay</h2>${replaySaid(replay)}<form method="post" action="/operator/decisions/${row.id}/replay"><button class="primary">Decide again</button></form></section>
<section><h2>Feedback</h2>${feedbackTable(view, titleOf)}</section>
<section><h2>The list, explained</h2>${list(view, titleOf)}</section>`,
  );
}

function fact(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function mixture({ components }: DecisionView): Html | null {
  if (components.length === 0) return null;
  return html`<section><h2>Drawn from</h2><div class="table-scroll"><table class="rows"><thead><tr><th scope="col">Component</th><th scope="col">Weight</th><th scope="col">Probability under it</th></tr></thead><tbody>${components.map(
    ({ name, weight, logProbability }) =>
      html`<tr><th scope="row">${name}</th><td class="figure">${Number(weight.toPrecision(4))}</td><td class="figure">${fromLog(logProbability)}</td></tr>`,
  )}</tbody></table></div></section>`;
}

function replaySaid(replay: Replay | null): Html {
  if (replay === null)
    return html`<p>The stored artifact, the reader’s state, the candidates and the seed give the same list again, to the last bit.</p>`;
  if (replay.refused !== null)
    return html`<p class="said bad" role="status">This decision cannot be made again: ${replay.refused}</p>`;
  const numbers = html`<code>${String(replay.logProbability)}</code> now, <code>${String(replay.loggedLogProbability)}</code> in the log`;
  if (replay.matches)
    return html`<p class="said good" role="status"><strong>The same list, bit for bit.</strong> Log-probability: ${numbers}.</p>`;
  return html`<p class="said bad" role="status"><strong>Another list or another probability.</strong> Log-probability: ${numbers}.</p>`;
}

function feedbackTable({ row, signals }: DecisionView, titleOf: (paper: string) => string): Html {
  if (row.feedback.length === 0) return html`<p>None yet.</p>`;
  const newest = new Map<string | null, DecisionView['signals'][number]>();
  for (const signal of signals)
    if (signal.version >= (newest.get(signal.item)?.version ?? 0)) newest.set(signal.item, signal);
  return html`<div class="table-scroll"><table class="rows"><thead><tr><th scope="col">When</th><th scope="col">Paper</th><th scope="col">Said</th><th scope="col">Signal</th></tr></thead><tbody>${row.feedback.map(
    ({ at, item, name, value }) => {
      const signal = newest.get(item);
      return html`<tr><td>${moment(at)}</td><td class="title-cell">${item === null ? 'the whole list' : titleOf(item)}</td><td><span class="chip">${value === '' ? name : value}</span></td><td>${signal === undefined ? 'not derived yet' : html`${signal.reward === null ? '' : signal.reward} <small>${signal.status}, version ${signal.version}</small>`}</td></tr>`;
    },
  )}</tbody></table></div>`;
}

function list({ row, why }: DecisionView, titleOf: (paper: string) => string): Html {
  const reasons = new Map(why.map((reason) => [reason.paper, reason]));
  return html`<ol class="explained">${row.items.map((item, index) => html`<li><span class="explained-title">${titleOf(item)}</span>${explained(reasons.get(item), index < explainedInFull)}</li>`)}</ol>
<p class="note">${counted(row.items.length, 'paper')}; scores come from the artifact and the reader’s state that decided, chance is that of coming first.</p>`;
}

function explained(why: Why | undefined, open: boolean): Html | null {
  if (why === undefined) return null;
  return html`<details${open ? html` open` : null}><summary>score ${why.score.toFixed(3)}, chance ${percentage(why.probability)}</summary>${termsTable(why)}</details>`;
}
