// The top of the page: which campaign, how much of it, and what it came to.
import { number_text, type Report } from "./data";
import { element } from "./dom";

function runs_text({ runs, summary }: Report): string {
  const of_all = summary.runs === runs ? "" : ` of ${number_text(runs)}`;
  return `${number_text(summary.runs)}${of_all}`;
}

function part_text({ shard, shards, runs, summary }: Report): string {
  const own = Math.floor((runs - shard + shards) / shards);
  const lacking = own - summary.runs;
  const lacks = lacking > 0 ? `, ${number_text(lacking)} of its runs not done yet` : "";
  if (shards > 1) return `shard ${shard} of ${shards}${lacks}`;
  return lacking > 0 ? `whole, but ${number_text(lacking)} runs not done yet` : "whole";
}

function fact(name: string, value: string): HTMLElement {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}

function verdict(report: Report): HTMLElement {
  const { protected: with_it, unprotected } = report.summary;
  const escapes = with_it.escape;
  const text = escapes === 0
    ? "No fault escaped with protection."
    : `${number_text(escapes)} ${escapes === 1 ? "fault" : "faults"} escaped with protection: ` +
      "a bug of Glacis.";
  const baseline = unprotected
    ? `Without protection, ${number_text(unprotected.escape)} of the same faults escaped.`
    : "There was no unprotected baseline.";
  return element(
    "p",
    { class: `verdict ${escapes === 0 ? "held" : "broken"}`, id: "verdict" },
    element("strong", {}, `${escapes === 0 ? "✓" : "✗"} ${text}`),
    ` ${baseline}`,
  );
}

export function head(report: Report): HTMLElement {
  return element(
    "header",
    {},
    element("p", { class: "kind" }, "Glacis · campaign of fault injection"),
    element("h1", {}, report.name),
    verdict(report),
    element(
      "dl",
      { class: "facts" },
      fact("Runs", runs_text(report)),
      fact("Part", part_text(report)),
      fact("Seed", String(report.context.seed)),
      fact("Classes", String(report.summary.classes.length)),
      fact("System", report.context.system),
      report.context.arguments.length > 0
        ? fact("Arguments", report.context.arguments.join(" "))
        : element("div"),
    ),
  );
}
