/** Every screen of the console: a table. Screens are loaded when they are first opened. */
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

export interface Route {
  path: string;
  page: LazyExoticComponent<ComponentType>;
}

export interface Link {
  section: string;
  text: string;
  href: string;
}

export const ROUTES: Route[] = [
  { path: "/repositories", page: lazy(() => import("../pages/repositories/list")) },
  { path: "/repositories/create", page: lazy(() => import("../pages/repositories/create")) },
  { path: "/repositories/view", page: lazy(() => import("../pages/repository/view")) },
  { path: "/images/view", page: lazy(() => import("../pages/image/view")) },
];

/** The side navigation, in its order. */
export const LINKS: Link[] = [{ section: "Private registry", text: "Repositories", href: "/repositories" }];

/** The entry of the navigation that a screen belongs to: images belong to their repositories. */
export function activeLink(path: string): Link | undefined {
  const place = path.replace(/^\/images/, "/repositories");
  return LINKS.find((link) => place.startsWith(link.href));
}
