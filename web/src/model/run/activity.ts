/** Who and what moved a run: its audit events, the wishes of people, and the attempts that failed, in one line. */

import { duration } from "../common/time";
import { usd } from "./estimate";
import type { Attempt, Run, RunState, Time } from "./run";
import { RUN_STATES } from "./run";
import { type Icon, stateWords } from "./states";

/** `runs/{id}/events/{revision}` as the service wrote it. */
export interface AuditEvent {
  revision: number;
  from: string;
  to: string;
  at: Time | null;
  why: string;
  attempt: number;
}

/** A command that is still there: a fetch of logs is gone when it is obeyed. */
export interface Wish {
  kind: "cancel" | "delete";
  owner: string;
  at: Time | null;
}

export interface Step {
  id: string;
  at: Time;
  /** An account's id; null: the service itself. */
  who: string | null;
  icon: Icon;
  what: string;
  /** Empty when there is nothing to add. */
  why: string;
  attempt: number;
  /** Of moves alone. */
  from: string | null;
  to: string | null;
  /** How long the run had been in the state that this move left. */
  afterSeconds: number | null;
}

/** The service's sentences, for people; those that are not here are shown as they are. */
const REASONS: Record<string, string> = {
  "a request arrived": "there is a place for it",
  "no place is free": "every place is taken: it waits for its turn",
  "the snapshot is frozen": "its documents are valid, and frozen with code and queries",
  "no compiled spec is stored": "no run before it had a pipeline like this: one is compiled",
  "the compiled spec was stored already": "a run before it had a pipeline like this, which is taken again",
  "the spec is compiled": "its pipeline is compiled",
  "the pipeline job exists": "the provider has taken its pipeline job",
  "the pipeline job succeeded": "the pipeline has ended well",
  "the results are valid": "its results are complete and valid",
  "a cancel was asked for": "somebody asked for it",
  "nothing is live": "nothing of it runs any more",
  "nothing had begun": "nothing had begun",
  "prepare again: nobody finished it": "whoever prepared it has died: somebody else goes on",
};

const SHORTEST = 0.05; // seconds: less is the time that a message takes

/** Oldest first. */
export function stepsOf(
  run: Run,
  request: { owner: string; createdAt: Time | null; updatedAt: Time | null } | null,
  events: readonly AuditEvent[],
  wishes: readonly Wish[],
): Step[] {
  const found = [...asked(run, request), ...moves(run, events), ...wishes.flatMap(wished), ...edited(request)];
  return found.sort((a, b) => a.at - b.at || order(a) - order(b));
}

/** What people wished stands before what came of it. */
function order(step: Step): number {
  return step.who === null ? 1 : 0;
}

function asked(run: Run, request: { owner: string; createdAt: Time | null } | null): Step[] {
  const at = request?.createdAt ?? run.createdAt;
  if (at === null) return [];
  const origin = run.origin === null ? "" : run.origin === "rerun" ? "as a rerun of another" : "as a clone of another";
  return [person("asked", at, request?.owner ?? run.owner, "pending", "Asked for this experiment", origin)];
}

function moves(run: Run, events: readonly AuditEvent[]): Step[] {
  const known = events.filter((event): event is AuditEvent & { at: Time } => event.at !== null);
  let since = run.createdAt;
  return known.map((event) => {
    const moved = event.from !== event.to;
    const afterSeconds = moved && since !== null ? Math.max(0, (event.at - since) / 1000) : null;
    if (moved) since = event.at;
    const failed = run.attempts.find(({ attempt }) => attempt === event.attempt - 1);
    const retried = moved && event.to === "requested" && failed !== undefined;
    return {
      id: `event-${event.revision}`,
      at: event.at,
      who: null,
      icon: retried ? "failed" : iconOf(event.to),
      what: retried ? `Attempt ${failed.attempt} failed` : moved ? named(event.to) : `Still ${lower(event.from)}`,
      why: retried ? retryWords(failed, event.attempt) : reason(event.why, run, event.to),
      attempt: retried ? failed.attempt : event.attempt,
      from: moved ? event.from : null,
      to: moved ? event.to : null,
      afterSeconds,
    };
  });
}

function wished({ kind, owner, at }: Wish): Step[] {
  if (at === null) return [];
  const what = kind === "cancel" ? "Asked to stop it" : "Asked to delete it";
  return [person(kind, at, owner, kind === "cancel" ? "cancelled" : "warning", what, "")];
}

/** The last time alone is known: a request keeps no history of its labels. */
function edited(request: { createdAt: Time | null; updatedAt: Time | null } | null): Step[] {
  const { createdAt, updatedAt } = request ?? { createdAt: null, updatedAt: null };
  if (createdAt === null || updatedAt === null || updatedAt <= createdAt) return [];
  const what = "Name, description, tags, notes or star were changed last";
  return [{ ...person("edited", updatedAt, "", "reused", what, ""), who: "" }];
}

function person(id: string, at: Time, who: string, icon: Icon, what: string, why: string): Step {
  return { id, at, who, icon, what, why, attempt: 1, from: null, to: null, afterSeconds: null };
}

function retryWords(failed: Attempt, next: number): string {
  const cost = failed.spentUsd === null ? "" : `; it cost ${usd(failed.spentUsd)}`;
  const where = failed.region === null ? "" : ` in ${failed.region}`;
  return `${failed.error?.title ?? "it ended early"}${where}${cost}: attempt ${next} follows`;
}

function reason(why: string, run: Run, to: string): string {
  if (run.error !== null && to === "failed" && why === run.error.code) return run.error.title;
  return REASONS[why] ?? why;
}

function iconOf(state: string): Icon {
  return stateWords(known(state)).icon;
}

function named(state: string): string {
  const found = known(state);
  return found === "unknown" ? state : stateWords(found).text;
}

function lower(state: string): string {
  return named(state).toLowerCase();
}

function known(state: string): RunState {
  return RUN_STATES.find((each) => each === state) ?? "unknown";
}

/** `Waiting → Preparing`, for moves. */
export function moveWords(step: Step): string | null {
  return step.from === null || step.to === null ? null : `${named(step.from)} → ${named(step.to)}`;
}

/** `you`, an account's id, or what did it by itself; empty when nobody can say. */
export function whoWords(step: Step, me: string): string {
  if (step.who === null) return "the service";
  return step.who === me ? "you" : step.who;
}

export function afterWords(step: Step): string | null {
  return step.afterSeconds === null || step.from === null || step.afterSeconds < SHORTEST
    ? null
    : `after ${duration(step.afterSeconds)} ${lower(step.from)}`;
}

type StepCells = Record<string, string | number | null>;

/** For other programs. */
export function stepCells(steps: readonly Step[]): StepCells[] {
  return steps.map((step) => ({
    time: new Date(step.at).toISOString(),
    who: step.who ?? "the service",
    what: step.what,
    from: step.from,
    to: step.to,
    why: step.why,
    attempt: step.attempt,
    after_seconds: step.afterSeconds,
  }));
}
