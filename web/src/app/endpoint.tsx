/** Which model endpoint the page is about: the address says it, else what was chosen last, else the first. */
import type { Firestore } from "firebase/firestore";
import { useCallback, useEffect } from "preact/hooks";
import { watchEndpoints } from "../data/endpoints";
import { chosenEndpoint, DEFAULT_ENDPOINT } from "../model/common/endpoints";
import { latest } from "../model/common/feed";
import type { Route } from "../model/common/routes";
import { type Start, useFeed } from "./hooks";
import { navigate } from "./navigation";

const REMEMBERED = "quicktest.endpoint";

interface Choice {
  endpoint: string;
  endpoints: readonly string[];
  choose: (endpoint: string) => void;
}

export function useEndpoint(db: Firestore, route: Route): Choice {
  const [feed] = useFeed<string[]>(useCallback<Start<string[]>>((...on) => watchEndpoints(db, ...on), [db]));
  const written = latest(feed);
  const asked = new URLSearchParams(route.search).get("endpoint");
  const remembered = localStorage.getItem(REMEMBERED);
  const endpoint = chosenEndpoint(asked, remembered, written);
  const endpoints = [...new Set([...(written ?? []), DEFAULT_ENDPOINT, endpoint])].sort();
  useEffect(() => {
    if (asked !== null) localStorage.setItem(REMEMBERED, asked);
  }, [asked]);
  const choose = (next: string) => {
    const search = new URLSearchParams(location.search);
    search.set("endpoint", next);
    navigate(`${location.pathname}?${search}`);
  };
  return { endpoint, endpoints, choose };
}

interface MenuProps {
  endpoint: string;
  endpoints: readonly string[];
  onChoose: (endpoint: string) => void;
}

/** Nothing to choose where there is only one. */
export function EndpointMenu({ endpoint, endpoints, onChoose }: MenuProps) {
  if (endpoints.length < 2) return null;
  return (
    <label class="endpoint">
      <span class="faint">Endpoint</span>{" "}
      <select value={endpoint} onChange={(event) => onChoose(event.currentTarget.value)}>
        {endpoints.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
