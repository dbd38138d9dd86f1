import { useState } from "preact/hooks";
import { saveConfig } from "../../data/configs";
import { latest, together } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { configPath } from "../../model/common/routes";
import type { Config, Version } from "../../model/configs/configs";
import { KIND_WORDS } from "../../model/configs/configs";
import { diffRows } from "../../model/configs/diff";
import { VersionsView } from "../../views/configs/versions";
import { PageFeedView } from "../../views/feed";
import type { Context, PageProps } from "../context";
import { useNow } from "../hooks";
import { navigate, replaceSearch, useTitle } from "../navigation";
import { Missing } from "./missing";
import { savedWords } from "./saving";
import { useConfig, useVersions } from "./use_config";

/** What a config was, what changed between two of its versions, and the way back to one of them. */
export default function VersionsPage({ app, route }: PageProps<"configs">) {
  const { kind } = route;
  const id = route.id ?? "";
  const [config, retryConfig] = useConfig(app.db, kind, id);
  const [versions, retryVersions] = useVersions(app.db, kind, id);
  useTitle(`Versions of ${latest(config)?.name ?? id} · Quicktest`);
  return (
    <PageFeedView
      feed={together(config, versions)}
      what="the versions"
      title="Versions"
      onRetry={() => {
        retryConfig();
        retryVersions();
      }}
    >
      {([found, stored]) =>
        found === null ? (
          <Missing kind={kind} id={id} />
        ) : (
          <Versions app={app} config={found} versions={stored} search={route.search} />
        )
      }
    </PageFeedView>
  );
}

interface VersionsProps {
  app: Context;
  config: Config;
  versions: Version[];
  search: string;
}

function Versions({ app, config, versions, search }: VersionsProps) {
  const { kind, id } = config;
  const now = useNow(false);
  const [restoring, setRestoring] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const params = new URLSearchParams(search);
  const chosen = (name: string, otherwise: number) =>
    versions.find(({ version }) => String(version) === params.get(name)) ?? versions[otherwise] ?? versions[0];
  const [left, right] = [chosen("from", 1), chosen("to", 0)];
  const keep = (fields: Record<string, string>) => replaceSearch({ ...Object.fromEntries(params), ...fields });
  const restore = async ({ version, content }: Version) => {
    setRestoring(version);
    setProblem(null);
    const saved = await saveConfig(app.db, kind, id, content, config.updatedAt, app.user.uid);
    setRestoring(null);
    if (saved.result === "saved") navigate(configPath(kind, id));
    else setProblem(savedWords(saved, KIND_WORDS[kind].one));
  };
  return (
    <VersionsView
      {...{ config, versions, left, right, now, restoring, problem }}
      rows={left && right ? diffRows(kind, left, right) : []}
      onlyDifferences={params.get("all") === null}
      onOnlyDifferences={(only) => keep({ all: only ? "" : "1" })}
      onChoose={(side, version) => keep({ [side]: String(version) })}
      onRestore={mayEdit(app.user.role) ? restore : null}
    />
  );
}
