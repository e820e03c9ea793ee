/** The way from the list down to the present screen. */
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { useNavigate } from "react-router-dom";

export function Trail({ items }: { items: { text: string; to: string }[] }) {
  const navigate = useNavigate();
  return (
    <BreadcrumbGroup
      ariaLabel="Where you are"
      items={items.map(({ text, to }) => ({ text, href: `/console${to}` }))}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href.replace(/^\/console/, ""));
      }}
    />
  );
}
