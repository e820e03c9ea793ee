import "@cloudscape-design/global-styles/index.css";

import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";

import { Shell } from "./app/shell";
import { ModeProvider } from "./app/mode";
import { NoticesProvider } from "./app/notices";
import { SessionProvider } from "./app/session";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en" messages={[messages]}>
        <ModeProvider>
          <BrowserRouter basename="/console">
            <NoticesProvider>
              <SessionProvider>
                <Shell />
              </SessionProvider>
            </NoticesProvider>
          </BrowserRouter>
        </ModeProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
