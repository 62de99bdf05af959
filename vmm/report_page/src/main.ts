// The page: what the campaign was, what came of it, and each run.
import { comparison } from "./comparison";
import { read_report } from "./data";
import { head } from "./head";
import { latency } from "./latency";
import { maps } from "./maps";
import { matrix } from "./matrix";
import { runs } from "./runs";

const report = read_report();
document.getElementById("page")?.append(
  head(report),
  matrix(report),
  runs(report),
  comparison(report),
  latency(report),
  maps(report),
);
