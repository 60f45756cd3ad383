import type { ArtifactRow } from '../ranker.ts';
import { counted, moment, shortId } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { operatorFrame } from './operator-page.ts';

/** Every artifact with its way through service, and the two things that an operator can do. */
export function artifactsPage(rows: readonly ArtifactRow[], problem: string | null): Html {
  const serving = rows.find((row) => row.serving);
  return operatorFrame(
    'Artifacts',
    'artifacts',
    html`${problem === null ? null : html`<p class="said bad" role="alert">${problem}</p>`}
<div class="serving"><p>${serving === undefined ? 'Nothing learned serves yet: lists are in the fallback’s order.' : html`Serving: <code>${serving.id}</code>, made ${moment(serving.at)}`}</p>
<form method="post" action="/operator/rollback" class="inline"><label for="rollback-why">Reason</label><input id="rollback-why" name="why" required maxlength="200" placeholder="why roll back"><button>Roll back</button></form></div>
${rows.length === 0 ? html`<p>None yet: the first one is made when enough has been said of papers.</p>` : html`<ol class="artifacts">${rows.map(artifact)}</ol>`}`,
  );
}

function artifact(row: ArtifactRow): Html {
  return html`<li id="${row.id}" class="artifact${row.serving ? ' is-serving' : ''}">
<div class="artifact-head"><h2><code>${row.id}</code></h2>${row.serving ? html`<span class="chip chip-on">serving</span>` : null}</div>
<p>Made ${moment(row.at)} from ${counted(row.signalsUsed, 'new signal')} after ${row.signalsBefore} before; ${row.parent === null ? 'without a parent' : html`parent <a href="#${row.parent}"><code>${shortId(row.parent)}</code></a>`}.</p>
${row.releases.length === 0 ? null : html`<ul class="releases">${row.releases.map(({ step, at, by, why }) => html`<li><span class="chip">${step}</span> ${moment(at)} by ${by}: ${why}</li>`)}</ul>`}
${row.serving ? null : html`<form method="post" action="/operator/artifacts/${row.id}/promote" class="inline"><label for="why-${row.id}">Reason</label><input id="why-${row.id}" name="why" required maxlength="200" placeholder="why promote"><button>Promote</button></form>`}
</li>`;
}
