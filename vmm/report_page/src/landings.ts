// Where in a program a run's fault was.
import type { Report, Run } from "./data";

/** Runs that landed close to each other. */
export interface Bin {
  label: string;
  /** Longer, for the list of runs. */
  title: string;
  runs: Run[];
}

export function offset_of(run: Run): number | undefined {
  return run.fault.mutation?.offset ?? run.fault.trigger.offset;
}

/** "descend" of "parser!descend+0x11 (parser.c:88)" */
export function function_of(run: Run): string {
  return run.place.replace(/^[^!]*!/, "").replace(/\+0x[0-9a-f]+( \(.*\))?$/, "");
}

/** Runs with a place in a program, by the names of its domains. */
export function runs_by_domain(report: Report): [string, Run[]][] {
  const domains = new Map<string, Run[]>();
  for (const run of report.records) {
    if (offset_of(run) === undefined || run.fault.domain === "") continue;
    const list = domains.get(run.fault.domain) ?? [];
    list.push(run);
    domains.set(run.fault.domain, list);
  }
  return [...domains].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The functions of the runs, those with most of them first. */
export function functions_of(runs: Run[]): [string, Run[]][] {
  const functions = new Map<string, Run[]>();
  for (const run of runs) {
    const list = functions.get(function_of(run)) ?? [];
    list.push(run);
    functions.set(function_of(run), list);
  }
  return [...functions].sort(([, one], [, other]) => other.length - one.length);
}
