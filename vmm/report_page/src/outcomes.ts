// The six outcomes in the order of every table and chart. Their colours differ in lightness too.
export const outcomes = [
  "not activated",
  "no effect",
  "detected",
  "time limit",
  "silent corruption",
  "escape",
] as const;

export type Outcome = (typeof outcomes)[number];

const meanings: Record<Outcome, string> = {
  "not activated": "its time never came",
  "no effect": "nobody could tell",
  detected: "something stopped or refused it",
  "time limit": "the system did not end by itself",
  "silent corruption": "a result is wrong, and nothing said so",
  escape: "it reached what it must not",
};

export function meaning_of(outcome: Outcome): string {
  return meanings[outcome];
}

/** The name of its class of style and of its colour's variable. */
export function slug_of(outcome: Outcome): string {
  return outcome.replace(" ", "-");
}
