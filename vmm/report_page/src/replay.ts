// The command that makes a run happen again.

/** The report's directory: where this page lies, when it was opened as a file. */
function directory(): string {
  if (location.protocol !== "file:") return "DIR";
  return decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") || "/";
}

function quoted(word: string): string {
  return /^[\w./+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function replay_command(run: number): string {
  return `glacis replay ${quoted(directory())} --run ${run}`;
}
