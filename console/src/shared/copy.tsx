/** A text with a button that copies it. */
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

export function Copyable({ text, shown, name }: { text: string; shown?: string; name: string }) {
  return (
    <span title={text}>
      <CopyToClipboard
        variant="inline"
        textToCopy={text}
        textToDisplay={shown ?? text}
        copyButtonAriaLabel={`Copy ${name}`}
        copySuccessText={`${name} copied`}
        copyErrorText={`The ${name} could not be copied`}
      />
    </span>
  );
}

export function CommandBlock({ command, name }: { command: string; name: string }) {
  return (
    <div style={{ display: "flex", gap: "0.5rem", alignItems: "flex-start" }}>
      <CopyToClipboard
        copyButtonAriaLabel={`Copy ${name}`}
        copySuccessText="Copied"
        copyErrorText="Could not be copied"
        textToCopy={command}
        variant="icon"
      />
      <pre tabIndex={0} aria-label={name} style={{ margin: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {command}
      </pre>
    </div>
  );
}
