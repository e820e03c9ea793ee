import "@cloudscape-design/global-styles/index.css";

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
      <ModeProvider>
        <BrowserRouter basename="/console">
          <NoticesProvider>
            <SessionProvider>
              <Shell />
            </SessionProvider>
          </NoticesProvider>
        </BrowserRouter>
      </ModeProvider>
    </StrictMode>,
  );
}
