/** The frame of every screen: top bar, navigation, messages. */
import AppLayout from "@cloudscape-design/components/app-layout";
import Flashbar from "@cloudscape-design/components/flashbar";
import SplitPanel from "@cloudscape-design/components/split-panel";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import Spinner from "@cloudscape-design/components/spinner";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { lazy, Suspense, useEffect, useState } from "react";
import { Navigate, Route, Routes, useLocation, useNavigate } from "react-router-dom";

import SignInPage from "../pages/sign-in/sign-in";
import { DetailsProvider, useDetails } from "./details";
import { useMode } from "./mode";
import { useNotices } from "./notices";
import { activeLink, LINKS, ROUTES } from "./routes";
import { useSession } from "./session";

const ChangePasswordPage = lazy(() => import("../pages/sign-in/change-password"));

export function Shell() {
  const { session, loading } = useSession();
  const location = useLocation();
  useEffect(() => {
    const name = new URLSearchParams(location.search).get("name");
    document.title = [name, activeLink(location.pathname)?.text, "Portside"].filter(Boolean).join(" | ");
  }, [location.pathname, location.search]);
  if (loading) return <Spinner size="large" />;
  if (!session) return <SignInPage />;
  if (session.resetRequired)
    return (
      <Suspense fallback={<Spinner size="large" />}>
        <ChangePasswordPage />
      </Suspense>
    );
  return (
    <DetailsProvider>
      <Frame />
    </DetailsProvider>
  );
}

function Frame() {
  const { items } = useNotices();
  const { details, show } = useDetails();
  const location = useLocation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(() => matchMedia("(min-width: 689px)").matches);
  const [panelSize, setPanelSize] = useState(480);
  useEffect(mendNavigation, []);
  return (
    <>
      <TopBar />
      <AppLayout
        headerSelector="#top"
        toolsHide
        ariaLabels={{ navigation: "Screens", navigationClose: "Close the navigation", navigationToggle: "Open the navigation", notifications: "Messages" }}
        navigationOpen={open}
        onNavigationChange={(event) => setOpen(event.detail.open)}
        navigation={
          <SideNavigation
            activeHref={activeLink(location.pathname)?.href ?? ""}
            header={{ text: "Portside", href: "/repositories" }}
            items={sections()}
            onFollow={(event) => {
              event.preventDefault();
              void navigate(event.detail.href);
            }}
          />
        }
        splitPanel={
          details ? (
            <SplitPanel header={details.title} closeBehavior="hide" hidePreferencesButton>
              {details.content}
            </SplitPanel>
          ) : undefined
        }
        splitPanelOpen={Boolean(details)}
        splitPanelSize={panelSize}
        splitPanelPreferences={{ position: "side" }}
        onSplitPanelToggle={() => show(null)}
        onSplitPanelResize={(event) => setPanelSize(event.detail.size)}
        notifications={<Flashbar items={items} />}
        content={
          <Suspense fallback={<Spinner size="large" />}>
            <Routes>
              {ROUTES.map(({ path, page: Page }) => (
                <Route key={path} path={path} element={<Page />} />
              ))}
              <Route path="*" element={<Navigate to="/repositories" replace />} />
            </Routes>
          </Suspense>
        }
      />
    </>
  );
}

/** Cloudscape's bar of narrow windows says how it lies, which a navigation may not by ARIA. */
function mendNavigation() {
  const mend = () => document.querySelectorAll("nav[aria-orientation]").forEach((one) => one.removeAttribute("aria-orientation"));
  const observer = new MutationObserver(mend);
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-orientation"] });
  mend();
  return () => observer.disconnect();
}

function sections(): SideNavigationProps.Item[] {
  const names = [...new Set(LINKS.map((link) => link.section))];
  return names.map((name) => ({
    type: "section",
    text: name,
    items: LINKS.filter((link) => link.section === name).map((link) => ({ type: "link", text: link.text, href: link.href })),
  }));
}

const REGIONS = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-west-2", "eu-central-1", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"];

function TopBar() {
  const { session, signOut, setRegion } = useSession();
  const { dark, toggle } = useMode();
  const regions = session && !REGIONS.includes(session.region) ? [session.region, ...REGIONS] : REGIONS;
  return (
    <div id="top">
      <TopNavigation
        identity={{ href: "/console/", title: "Portside" }}
        utilities={[
          { type: "button", text: dark ? "Light" : "Dark", onClick: toggle },
          {
            type: "menu-dropdown",
            text: session?.region ?? "",
            description: "Region",
            items: regions.map((region) => ({ id: region, text: region })),
            onItemClick: (event) => setRegion(event.detail.id),
          },
          {
            type: "menu-dropdown",
            text: session?.arn.split(":").at(-1) ?? "",
            description: session ? `Account ${session.account}` : "",
            iconName: "user-profile",
            items: [{ id: "sign-out", text: "Sign out" }],
            onItemClick: () => void signOut(),
          },
        ]}
      />
    </div>
  );
}
