/** What tests of comparisons begin with. */
import type { ComparisonReport, Heading } from "./report";

export const [A, B, C] = ["a", "b", "c"].map((letter) => `exp-01kaj0000000000000000000a${letter}`) as [
  string,
  string,
  string,
];

export const heading = (experiment: string, changes: Partial<Heading> = {}): Heading => ({
  experiment,
  label: `#${experiment.at(-1)}`,
  name: "",
  state: "completed",
  attempt: 1,
  modelType: "retrieval",
  samplePercent: 100,
  badges: [],
  protocols: { retrieval: "one" },
  problem: null,
  ...changes,
});

export const report = (experiments: Heading[], changes: Partial<ComparisonReport> = {}): ComparisonReport => ({
  ready: true,
  sourceUpdatedAt: 7,
  valid: true,
  problems: [],
  computedAt: 8,
  experiments,
  verdicts: [],
  losses: { comparable: true, reason: null },
  features: [],
  sections: [],
  ...changes,
});
