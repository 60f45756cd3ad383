import { featureCount, featureValue, itemCount } from './bodies.ts';
import type { Served } from './servers.ts';

/** Registers the items that requests name. */
export async function registerItems({ url }: Pick<Served, 'url'>): Promise<void> {
  let drawn = 0;
  const uniform = (): number => ((drawn += 1) * 0.618_033_988_749_895) % 1;
  const items = Array.from({ length: itemCount }, (_, item) => ({
    item: `item-${item}`,
    features: Object.fromEntries(
      Array.from({ length: featureCount }, (_unused, index) => [`f${index}`, featureValue(uniform)]),
    ),
  }));
  for (let from = 0; from < items.length; from += 500) {
    const response = await fetch(`${url}/v1/loops/front/items`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: items.slice(from, from + 500) }),
    });
    if (!response.ok)
      throw new Error(
        `cannot register items, as the answer must be 2xx: it is ${response.status} ${await response.text()}`,
      );
  }
}
