// Which runs the list shows: what was clicked last, in the matrix or in a chart, says so.
import type { Run } from "./data";

export interface Selection {
  title: string;
  /** of all runs, where that is known to be more than the page has */
  count?: number;
  keep: (run: Run) => boolean;
}

type Listener = (selection: Selection) => void;

const listeners: Listener[] = [];

export const everything: Selection = { title: "all runs", keep: () => true };

export function on_selection(listener: Listener): void {
  listeners.push(listener);
}

export function select(selection: Selection): void {
  for (const listener of listeners) listener(selection);
}
