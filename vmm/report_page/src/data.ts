// What the tool has put into the page. Names in it come from programs: they are text, never markup.
import type { Outcome } from "./outcomes";

/** A number, or its digits where a script's number cannot hold it. */
export type Exact = number | string;

export interface Trigger {
  kind: "execution" | "call" | "time" | "host call";
  offset?: number;
  nth: Exact;
  times: Exact;
}

export interface Mutation {
  offset: number;
  before: string;
  after: string;
  text_before: string;
  text_after: string;
}

export interface Fault {
  class: string;
  group: string;
  domain: string;
  trigger: Trigger;
  amount: Exact;
  helper: Exact;
  errno: number;
  seed: Exact;
  mutation?: Mutation;
}

export interface Escape {
  owner: string;
  what: string;
}

export interface Side {
  outcome: Outcome;
  mechanism: string;
  detected_in: string;
  latency_exits: number;
  spread: string[];
  escapes: Escape[];
  deed: string;
  fault: string;
}

export interface Run {
  run: number;
  fault: Fault;
  place: string;
  when: string;
  protected: Side;
  unprotected: Side | null;
}

export type Counts = Record<Outcome, number>;

export interface ClassCounts {
  class: string;
  group: string;
  protected: Counts;
  unprotected: Counts | null;
}

export interface Summary {
  runs: number;
  protected: Counts;
  unprotected: Counts | null;
  mechanisms: Record<string, number>;
  classes: ClassCounts[];
}

export interface Report {
  name: string;
  /** of the whole campaign; summary.runs of them are in this report, records.length in the page */
  runs: number;
  shard: number;
  shards: number;
  stack_slot: number;
  context: {
    system: string;
    seed: Exact;
    time_limit_ns: Exact;
    hang_ns: Exact;
    arguments: string[];
  };
  summary: Summary;
  records: Run[];
}

export type SideName = "protected" | "unprotected";

export const side_titles: Record<SideName, string> = {
  protected: "with protection",
  unprotected: "without protection",
};

export function sides_of(report: Report): SideName[] {
  return report.summary.unprotected ? ["protected", "unprotected"] : ["protected"];
}

export function read_report(): Report {
  const element = document.getElementById("data");
  return JSON.parse(element?.textContent ?? "") as Report;
}

/** 12345 as 12,345. */
export function number_text(value: number): string {
  return value.toLocaleString("en");
}

export function exits_text(exits: number | string): string {
  return `${exits} ${String(exits) === "1" ? "exit" : "exits"}`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
