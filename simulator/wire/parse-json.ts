/** Reads JSON that anybody may have sent, and that is kept and written again. */

/** Deepest nesting of what is written again: `JSON.stringify` gives up on depths that `JSON.parse` takes. */
const depthMax = 64;

const isTooDeep = (json: string): boolean => {
  let depth = 0;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === '"') {
      index += 1;
      while (index < json.length && json[index] !== '"') index += json[index] === '\\' ? 2 : 1;
    }
    if (depth > depthMax) return true;
  }
  return false;
};

/** The value of a JSON text; undefined where it is none, or nested so deep that it could not be written again. */
export const parseJson = (json: string): unknown => {
  if (isTooDeep(json)) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
