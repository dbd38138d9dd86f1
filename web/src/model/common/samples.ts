/** What tests of the page's model begin with. */
import { type Request, type Run, type RunError, runOfRequest } from "../run/run";

export const REQUEST: Request = {
  id: "exp-1",
  name: "Ids",
  owner: "ada",
  modelEndpoint: "default",
  parent: null,
  origin: null,
  featureConfig: "ids",
  modelConfig: "small",
  createdAt: 0,
  document: {},
};

export const RUN: Run = { ...runOfRequest(REQUEST), reason: null };

export const ERROR: RunError = {
  code: "E_OOM",
  title: "Memory full",
  explanation: "",
  suggestion: "",
  severity: "error",
  component: null,
  raw: null,
  file: null,
  line: null,
  subject: null,
};
