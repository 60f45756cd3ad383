import type { Curve, Figure } from './figure.ts';

const width = 860;
const height = 440;
const area = { left: 74, right: 520, top: 44, bottom: 384 };
// Okabe and Ito's palette: told apart by colour-blind readers too.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#666666', '#000000'];

interface Axis {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Draws a figure as a picture that stands alone: curves, their bands, a legend. */
export function drawFigure(figure: Figure): string {
  const curves = figure.curves.map((curve) => drawable(curve, figure));
  const { places } = figure;
  const x =
    places === undefined
      ? axis(
          curves.flatMap((curve) => [...curve.x]),
          figure.logX === true,
          area.left,
          area.right,
        )
      : {
          ...axis([0.5, places.length + 0.5], false, area.left, area.right),
          ticks: [...places.keys()].map((at) => at + 1),
        };
  const heights = curves.flatMap((curve) => [...curve.y, ...(curve.low ?? []), ...(curve.high ?? [])]);
  const y = axis(heights, figure.logY === true, area.bottom, area.top);
  const parts = [
    text(area.left, 24, figure.title, 'font-weight="bold" font-size="14"'),
    ...x.ticks.flatMap((tick) => [
      line(x.place(tick), area.top, x.place(tick), area.bottom, '#e5e5e5'),
      text(x.place(tick), area.bottom + 16, places?.[tick - 1] ?? label(tick), 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(area.left, y.place(tick), area.right, y.place(tick), '#e5e5e5'),
      text(area.left - 6, y.place(tick) + 4, label(tick), 'text-anchor="end"'),
    ]),
    line(area.left, area.bottom, area.right, area.bottom, '#333333'),
    line(area.left, area.top, area.left, area.bottom, '#333333'),
    text((area.left + area.right) / 2, area.bottom + 38, figure.xLabel, 'text-anchor="middle"'),
    text(
      0,
      0,
      figure.yLabel,
      `text-anchor="middle" transform="translate(16 ${(area.top + area.bottom) / 2}) rotate(-90)"`,
    ),
    ...curves.flatMap((curve, index) => (places === undefined ? drawCurve : drawPoints)(curve, index, x, y)),
  ];
  return svg(width, height, parts);
}

/** Wraps parts into a document with a white ground. */
export function svg(wide: number, high: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" font-family="sans-serif" font-size="11">\n<rect width="${wide}" height="${high}" fill="#ffffff"/>\n${parts.join('\n')}\n</svg>\n`;
}

export function text(x: number, y: number, content: string, more = ''): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, colour: string, more = ''): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" ${more}/>`;
}

/** Three significant digits, as short as they can be written. */
export function label(value: number): string {
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(3));
  return size >= 1e6 || (size > 0 && size < 1e-3) ? rounded.toExponential() : String(rounded);
}

/** On a logarithmic axis only what is above 0 can be drawn. */
function drawable(curve: Curve, { logX, logY }: Figure): Curve {
  const keep = [...curve.x.keys()].filter(
    (at) =>
      Number.isFinite(curve.y[at]) &&
      (logX !== true || (curve.x[at] ?? 0) > 0) &&
      (logY !== true || (curve.y[at] ?? 0) > 0),
  );
  const pick = (values: readonly number[]): number[] => keep.map((at) => values[at] ?? NaN);
  const bound = (values: readonly number[]): number[] =>
    keep.map((at) => {
      const value = values[at] ?? NaN;
      return Number.isFinite(value) && (logY !== true || value > 0) ? value : (curve.y[at] ?? NaN);
    });
  return {
    ...curve,
    x: pick(curve.x),
    y: pick(curve.y),
    ...(curve.low !== undefined && { low: bound(curve.low) }),
    ...(curve.high !== undefined && { high: bound(curve.high) }),
  };
}

/** Colours repeat after eight curves: those beyond are dotted. */
function strokeOf({ broken }: Curve, index: number): { readonly colour: string; readonly dash: string } {
  const dash = broken === true ? '5 4' : index >= colours.length ? '1.5 3' : null;
  return {
    colour: colours[index % colours.length] ?? '#000000',
    dash: dash === null ? '' : `stroke-dasharray="${dash}"`,
  };
}

function legendOf(curve: Curve, index: number): string[] {
  const { colour, dash } = strokeOf(curve, index);
  const row = area.top + 12 + 17 * index;
  return [
    line(area.right + 12, row - 4, area.right + 34, row - 4, colour, `stroke-width="2" ${dash}`),
    text(area.right + 40, row, curve.name),
  ];
}

/** A dot at each place, with its interval; curves stand beside each other. */
function drawPoints(curve: Curve, index: number, x: Axis, y: Axis): string[] {
  const { colour } = strokeOf(curve, index);
  const marks = curve.x.flatMap((place, at) => {
    const across = x.place(place) + 8 * index;
    const [low, high] = [curve.low?.[at], curve.high?.[at]];
    const bar =
      low === undefined || high === undefined
        ? []
        : [line(across, y.place(low), across, y.place(high), colour, 'stroke-width="2"')];
    return [
      ...bar,
      `<circle cx="${round(across)}" cy="${round(y.place(curve.y[at] ?? NaN))}" r="3.5" fill="${colour}"/>`,
    ];
  });
  return [...marks, ...legendOf(curve, index)];
}

function drawCurve(curve: Curve, index: number, x: Axis, y: Axis): string[] {
  const { x: xs, y: ys, low, high } = curve;
  const { colour, dash } = strokeOf(curve, index);
  const point = (value: number, at: number): string => `${round(x.place(xs[at] ?? NaN))},${round(y.place(value))}`;
  const band =
    low === undefined || high === undefined
      ? []
      : [
          `<polygon points="${[...high.map(point), ...low.map(point).toReversed()].join(' ')}" fill="${colour}" fill-opacity="0.15"/>`,
        ];
  return [
    ...band,
    `<polyline points="${ys.map(point).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.6" ${dash}/>`,
    ...legendOf(curve, index),
  ];
}

function axis(values: readonly number[], logarithmic: boolean, from: number, to: number): Axis {
  const finite = values.filter((value) => Number.isFinite(value));
  const map = logarithmic ? Math.log10 : (value: number): number => value;
  let low = map(Math.min(...finite));
  let high = map(Math.max(...finite));
  if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
  const ticks = logarithmic ? decades(low, high) : steps(low, high);
  return { place: (value) => from + ((map(value) - low) / (high - low)) * (to - from), ticks };
}

function decades(low: number, high: number): number[] {
  const found: number[] = [];
  const factors = high - low > 2.5 ? [1] : [1, 2, 5];
  for (let power = Math.floor(low); power <= high; power += 1)
    for (const factor of factors) {
      const at = power + Math.log10(factor);
      if (at >= low - 1e-9 && at <= high + 1e-9) found.push(factor * 10 ** power);
    }
  return found;
}

function steps(low: number, high: number): number[] {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
