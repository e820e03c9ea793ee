/** Links between screens that do not load the page anew. */
import Link, { type LinkProps } from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useNavigate } from "react-router-dom";

export function ScreenLink({ to, children, ...more }: { to: string; children: ReactNode } & Omit<LinkProps, "href" | "onFollow">) {
  const navigate = useNavigate();
  return (
    <Link
      {...more}
      href={`/console${to}`}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    >
      {children}
    </Link>
  );
}

export const repositoryPath = (name: string) => `/repositories/view?name=${encodeURIComponent(name)}`;

export const imagePath = (name: string, digest: string) =>
  `/images/view?name=${encodeURIComponent(name)}&digest=${encodeURIComponent(digest)}`;
