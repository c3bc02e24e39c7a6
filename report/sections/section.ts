/** The parts that sections of the page are made of. */
import { html, type Html, type Insert } from '../html.ts';

/** A section with its heading; `id` is where the table of contents leads. */
export function section(id: string, title: string, content: Insert): Html {
  return html`<section id="${id}" aria-labelledby="${id}-h">
    <h2 id="${id}-h">${title}</h2>
    ${content}
  </section>`;
}

/** A table that scrolls by itself where the page is narrow, and can be scrolled with the keyboard. */
export function table(caption: string, headings: readonly string[], rows: readonly (readonly Insert[])[]): Html {
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  const body = rows.map(
    ([first, ...rest]) =>
      html`<tr>
        <th scope="row">${first}</th>
        ${rest.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** A next step: what it is for, and the command to paste; or a sentence, where no command does it. */
export function step(text: string): Html {
  const [, words = '', command] = /^(.*?: )?((?:mgn-cutover|aws) .*)$/s.exec(text) ?? [];
  return command === undefined ? html`${text}` : html`${words}<code class="cmd">${command}</code>`;
}

/** An identifier of a service. */
export function identifier(text: string | undefined): Html {
  return text === undefined ? html`–` : html`<code>${text}</code>`;
}

/** So many of a thing, such as `1 source server`. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}
