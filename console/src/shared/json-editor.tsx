/** A text area for JSON that says where the text is none. */
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  description?: string;
  rows?: number;
}

export function JsonEditor({ label, value, onChange, error, description, rows = 18 }: Props) {
  return (
    <FormField label={label} description={description} errorText={error} stretch constraintText={`${value.length} characters`}>
      <Textarea value={value} onChange={(event) => onChange(event.detail.value)} rows={rows} spellcheck={false} disableBrowserAutocorrect />
    </FormField>
  );
}

export function JsonText({ label, text }: { label: string; text: string }) {
  return (
    <Box variant="code">
      <pre tabIndex={0} role="region" aria-label={label} style={{ margin: 0, maxHeight: "60vh", overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </pre>
    </Box>
  );
}
