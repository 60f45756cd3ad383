import { statementDerivation } from './statement.ts';

/** Labels: what a verdict says (right or wrong as 1 or 0, a category, a probability). */
export const labelDerivation = statementDerivation(['verdict'], ({ feedback: { value } }) => {
  switch (value.type) {
    case 'category':
      return { kind: 'label', label: value.category };
    case 'number':
      return { kind: 'label', label: value.number };
    case 'probability':
      return { kind: 'label', label: value.probability };
    case 'vector':
    case 'ranking':
    case 'text':
    case 'content':
      return null;
  }
});
