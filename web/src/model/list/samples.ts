/** What tests of entries begin with. */
export const STORED = {
  experiment: "exp-1",
  number: 62,
  model_endpoint: "wholesale",
  name: "Wide",
  state: "completed",
  model_type: "retrieval",
  owner: "ada",
  created_at: "2026-11-10T09:00:00.250000+00:00",
  ended_at: "2026-11-10T10:00:00+00:00",
  duration_seconds: 1800,
  metrics: { recall_at_10: [0.213, 0.201, 0.226], mrr: 0.1, coverage_at_10: null },
  lifts: { recall_at_10: ["ease", 0.01, null, 0.02, "cannot_tell"] },
};
