import { styleText as style } from 'node:util';

type Format = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** Colours and a line that is written over are for terminals. */
const isTerminal = process.stdout.isTTY === true;
const hasColours = isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** `text` in that format on a terminal that wants colours, plain everywhere else. */
export function styleText(format: Format, text: string): string {
  return hasColours ? style(format, text) : text;
}

/** Writes over the current line of a terminal; writes nothing anywhere else. */
export function live(text: string): void {
  if (isTerminal) process.stdout.write(`\r\u001b[2K${text}`);
}

/** A line that stays, below which the live line goes on. */
export function say(text: string): void {
  live('');
  console.log(text);
}
