import { capitalised, MISSING } from "../../model/common/format";
import { clock, duration, exact } from "../../model/common/time";
import { type AttemptBanner, attemptBanner } from "../../model/run/attempts";
import { usd } from "../../model/run/estimate";
import type { Attempt, Run, Time } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Section } from "../parts";
import { Scroll } from "../ui/scroll";

/** That an attempt failed, and what happens next: a run that is tried again says so before anything else. */
export function AttemptBannerView({ run, now }: { run: Run; now: Time }) {
  const banner = attemptBanner(run, now);
  if (banner === null) return null;
  return (
    <p class="notice notice-attempt" role="status">
      <StateIcon icon={banner.at === null ? "warning" : "waiting"} /> <b>{capitalised(banner.title)}</b>
      <BannerTime banner={banner} />
      {banner.why !== "" && `: ${banner.why}`}
    </p>
  );
}

/** The countdown is for eyes: read out each second it would drown everything else. */
function BannerTime({ banner }: { banner: AttemptBanner }) {
  if (banner.at === null) return null;
  return (
    <>
      {" at "}
      <time dateTime={new Date(banner.at).toISOString()} title={exact(banner.at)}>
        {clock(banner.at)}
      </time>
      {banner.countdown !== "" && (
        <span class="number faint" aria-hidden="true">
          {" "}
          ({banner.countdown})
        </span>
      )}
    </>
  );
}

/** The attempts that failed before this one (S8.3): each keeps its error, its place and its cost. */
export function AttemptsView({ run }: { run: Run }) {
  if (run.attempts.length === 0) return null;
  return (
    <Section id="attempts" title="Earlier attempts">
      <Scroll label="Earlier attempts, table">
        <table class="attempts">
          <thead>
            <tr>
              <th scope="col">Attempt</th>
              <th scope="col">Error</th>
              <th scope="col">Region</th>
              <th scope="col">Time</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {run.attempts.map((attempt) => (
              <AttemptRow key={attempt.attempt} attempt={attempt} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function AttemptRow({ attempt }: { attempt: Attempt }) {
  const { error, startedAt, endedAt, spentUsd } = attempt;
  const lasted = startedAt === null || endedAt === null ? MISSING : duration((endedAt - startedAt) / 1000);
  return (
    <tr>
      <th scope="row" class="number">
        {attempt.attempt}
      </th>
      <td>
        {error?.title ?? MISSING}
        <small>
          {error === null ? "" : [error.component && `in ${error.component}`, error.code].filter(Boolean).join(", ")}
        </small>
      </td>
      <td>{attempt.region ?? MISSING}</td>
      <td class="number" title={endedAt === null ? undefined : `ended ${exact(endedAt)}`}>
        {lasted}
      </td>
      <td class="number">{spentUsd === null ? MISSING : usd(spentUsd)}</td>
    </tr>
  );
}
