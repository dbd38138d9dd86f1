/** What to do with a run that has ended, in the order of what helps most. */
import { comparePath, newPath } from "../common/routes";
import { isLive, type Run } from "./run";

/** A run to compare with: the parent, or the one that leads those of the same protocol and sample size (S2.17). */
export interface Rival {
  id: string;
  name: string;
}

export interface Step {
  words: string;
  /** What the link says. */
  link: string;
  path: string;
}

/** `parent` null: there is none; `leader` null: nobody knows (yet). A viewer starts nothing, and is offered no clone. */
export function nextSteps(run: Run, parent: Rival | null, leader: Rival | null, mayEdit: boolean): Step[] {
  if (isLive(run)) return [];
  const clone = mayEdit ? { link: "Clone and change it", path: newPath({ parent: run.id }) } : { link: "", path: "" };
  if (run.state === "failed") return [{ words: "Mend what went wrong in a copy: this one stays as it is.", ...clone }];
  if (run.state !== "completed") return [{ words: "Start it anew, as it was or changed.", ...clone }];
  const steps: Step[] = [];
  if (parent !== null) {
    const words = `It comes from ${parent.name}: see whether what you changed made it better.`;
    steps.push({ words, link: "Compare with its parent", path: comparePath([run.id, parent.id]) });
  }
  if (leader !== null && leader.id === run.id) {
    steps.push({
      words: "So far none that was measured on the same rows is better.",
      link: "",
      path: "",
    });
  } else if (leader !== null && leader.id !== parent?.id) {
    const words = `${leader.name} leads its group: see what it does otherwise.`;
    steps.push({ words, link: "Compare with the leader", path: comparePath([run.id, leader.id]) });
  }
  return [...steps, { words: verdictStep(run), ...clone }];
}

/** What a verdict against the best baseline asks for (S6.17). */
function verdictStep({ headline, parameters }: Run): string {
  const percent = parameters?.sample_percent;
  const quick = typeof percent === "number" && percent < 100;
  switch (headline?.lift?.verdict) {
    case "better":
      return quick
        ? "It beats the best baseline on a sample: run it on all customers before you believe it."
        : "It beats the best baseline: change one thing at a time to learn what makes it good.";
    case "worse":
      return "It is below the best baseline: try more epochs, another learning rate, or more features.";
    case "cannot tell":
      return "It cannot be told from the best baseline: a larger test, or a bolder change, would show more.";
    default:
      return "It was not compared with a baseline.";
  }
}
