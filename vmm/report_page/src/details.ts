// Everything that is kept of one run.
import { exits_text, hex, side_titles, type Run, type Side, type SideName } from "./data";
import { button, element, type Child } from "./dom";
import { slug_of } from "./outcomes";
import { replay_command } from "./replay";

function item(name: string, ...values: Child[]): HTMLElement {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...values));
}

/** Left out where there is nothing to say. */
function optional(name: string, value: string): HTMLElement | null {
  return value === "" ? null : item(name, value);
}

function mutation_text({ fault }: Run): string {
  const { mutation } = fault;
  if (!mutation) return "";
  return `at +${hex(mutation.offset)}: ${mutation.text_before} (${mutation.before}) becomes ` +
    `${mutation.text_after} (${mutation.after})`;
}

function fault_list(run: Run): HTMLElement {
  const { fault } = run;
  const number_or_none = (value: number | string) => (value === 0 ? "" : String(value));
  return element(
    "dl",
    { class: "record" },
    item("fault", `${fault.class} (${fault.group})`),
    item("domain", fault.domain === "" ? "the host" : fault.domain),
    optional("place", run.place),
    item("trigger", run.when, fault.trigger.times === 0 ? ", and each time from then on" : ""),
    optional("change", mutation_text(run)),
    optional("amount", number_or_none(fault.amount)),
    optional("helper", number_or_none(fault.helper)),
    optional("errno", number_or_none(fault.errno)),
    item("seed", String(fault.seed)),
  );
}

function side_box(name: SideName, side: Side): HTMLElement {
  return element(
    "div",
    { class: `side ${name}` },
    element(
      "h3",
      {},
      element("span", { class: `swatch ${slug_of(side.outcome)}` }),
      `${side_titles[name]}: ${side.outcome}`,
    ),
    element(
      "dl",
      { class: "record" },
      item("deed", side.deed === "" ? "none" : side.deed),
      optional("mechanism", side.mechanism),
      optional("detected in", side.detected_in),
      side.latency_exits === 0 ? null : item("latency", exits_text(side.latency_exits)),
      optional("spread", side.spread.map((name) => `${name}, by permitted ways`).join("; ")),
      ...side.escapes.map(({ owner, what }) => item("escaped to", `${owner}: ${what}`)),
    ),
    side.fault === "" ? null : element("pre", { class: "fault" }, side.fault),
  );
}

function command_line(run: Run): HTMLElement {
  const command = replay_command(run.run);
  const copy = button("copy", () => {
    navigator.clipboard?.writeText(command).then(() => {
      copy.textContent = "copied";
    }, () => undefined);
  });
  return element(
    "p",
    { class: "command" },
    element("code", {}, command),
    " ",
    copy,
    " ",
    element("a", { attributes: { href: `#run-${run.run}` } }, "link to this run"),
  );
}

export function details(run: Run): HTMLElement {
  return element(
    "div",
    { class: "details" },
    fault_list(run),
    element(
      "div",
      { class: "sides" },
      side_box("protected", run.protected),
      run.unprotected ? side_box("unprotected", run.unprotected) : null,
    ),
    command_line(run),
  );
}
