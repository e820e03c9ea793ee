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
  { path: "/registry/permissions", page: lazy(() => import("../pages/registry/permissions")) },
  { path: "/registry/scanning", page: lazy(() => import("../pages/registry/scanning")) },
  { path: "/registry/replication", page: lazy(() => import("../pages/registry/replication")) },
  { path: "/registry/pull-through", page: lazy(() => import("../pages/registry/pull-through")) },
  { path: "/registry/templates", page: lazy(() => import("../pages/registry/templates")) },
  { path: "/registry/quotas", page: lazy(() => import("../pages/registry/quotas")) },
  { path: "/activity", page: lazy(() => import("../pages/activity/activity")) },
  { path: "/identity/users", page: lazy(() => import("../pages/identity/lists").then((pages) => ({ default: pages.UsersPage }))) },
  { path: "/identity/users/view", page: lazy(() => import("../pages/identity/views").then((pages) => ({ default: pages.UserPage }))) },
  { path: "/identity/groups", page: lazy(() => import("../pages/identity/lists").then((pages) => ({ default: pages.GroupsPage }))) },
  { path: "/identity/groups/view", page: lazy(() => import("../pages/identity/views").then((pages) => ({ default: pages.GroupPage }))) },
  { path: "/identity/roles", page: lazy(() => import("../pages/identity/lists").then((pages) => ({ default: pages.RolesPage }))) },
  { path: "/identity/roles/view", page: lazy(() => import("../pages/identity/views").then((pages) => ({ default: pages.RolePage }))) },
  { path: "/identity/policies", page: lazy(() => import("../pages/identity/policies")) },
  { path: "/identity/policies/view", page: lazy(() => import("../pages/identity/policy")) },
  { path: "/identity/simulator", page: lazy(() => import("../pages/identity/simulator")) },
];

/** The side navigation, in its order. */
export const LINKS: Link[] = [
  { section: "Private registry", text: "Repositories", href: "/repositories" },
  { section: "Private registry", text: "Permissions", href: "/registry/permissions" },
  { section: "Private registry", text: "Scanning", href: "/registry/scanning" },
  { section: "Private registry", text: "Replication", href: "/registry/replication" },
  { section: "Private registry", text: "Pull through cache", href: "/registry/pull-through" },
  { section: "Private registry", text: "Creation templates", href: "/registry/templates" },
  { section: "Private registry", text: "Quotas and usage", href: "/registry/quotas" },
  { section: "Private registry", text: "Activity", href: "/activity" },
  { section: "Identity", text: "Users", href: "/identity/users" },
  { section: "Identity", text: "Groups", href: "/identity/groups" },
  { section: "Identity", text: "Roles", href: "/identity/roles" },
  { section: "Identity", text: "Policies", href: "/identity/policies" },
  { section: "Identity", text: "Policy simulator", href: "/identity/simulator" },
];

/** The entry of the navigation that a screen belongs to: images belong to their repositories. */
export function activeLink(path: string): Link | undefined {
  const place = path.replace(/^\/images/, "/repositories");
  return LINKS.find((link) => place.startsWith(link.href));
}
