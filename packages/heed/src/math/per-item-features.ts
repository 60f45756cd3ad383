import type { FeatureDefinition } from './features.ts';

/**
 * The features for models of which every item has its own: without the namespaces that are the item's name, and the
 * crosses with them, which would be alike in all rows of one model.
 */
export function withoutItems<Definition extends FeatureDefinition>(definition: Definition): Definition {
  const named = Object.entries(definition.namespaces);
  const items = new Set(named.filter(([, { from }]) => from === 'item').map(([name]) => name));
  return {
    ...definition,
    namespaces: Object.fromEntries(named.filter(([name]) => !items.has(name))),
    crosses: definition.crosses.filter((members) => !members.some((member) => items.has(member))),
  };
}
