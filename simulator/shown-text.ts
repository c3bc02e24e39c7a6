/** What a caller or a scenario wrote, as an answer or a message may repeat it: it neither steers a terminal nor fills an answer. */

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\s]+/gu;

/** The text on one line, without control characters and overrides of direction, and of at most `max` UTF-16 units. */
export const shownText = (text: string, max = 200): string => {
  const start = text.slice(0, max).replace(unsafe, ' ');
  return text.length <= max ? start : `${start}…`;
};
