import { expect, it } from 'vitest';
import { html } from './html.ts';

it('escapes what stands in its gaps, in content and in attributes', () => {
  const evil = `"><script>alert('1')</script>&amp;`;
  expect(html`<a title="${evil}">${evil}</a>`.text).toBe(
    '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</a>',
  );
});

it('takes HTML as it is, lists one after the other, and nothing for nothing', () => {
  expect(
    html`<ul>${['<', '>'].map((item) => html`<li>${item}</li>`)}</ul>${null}${undefined}${false}${0}${''}`.text,
  ).toBe('<ul><li>&lt;</li><li>&gt;</li></ul>0');
});
