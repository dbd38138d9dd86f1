import { render } from "preact";
import { App } from "./app/app";
import { applyTheme, rememberedTheme } from "./app/theme";
import { loadConfig } from "./data/config";
import { connect } from "./data/connect";
import { toFeedError } from "./data/errors";
import { Frame } from "./views/frame";
import { Failed } from "./views/parts";

async function start(page: Element): Promise<void> {
  try {
    const config = await loadConfig();
    render(<App config={config} connection={connect(config)} />, page);
  } catch (error) {
    render(
      <Frame projectId={null} local={false} mlflow={null} route={null} navigation={false} who={null}>
        <Failed title="The page could not start" error={toFeedError(error)} onRetry={() => location.reload()} />
      </Frame>,
      page,
    );
  }
}

applyTheme(rememberedTheme()); // before anything is painted
const page = document.querySelector("#page");
if (page !== null) void start(page);
