/** A dialog in which one JSON document is edited. */
import { useState } from "react";

import { FormModal } from "./form-modal";
import { jsonError } from "./json";
import { JsonEditor } from "./json-editor";

interface Props {
  title: string;
  action: string;
  label: string;
  text: string;
  onClose: () => void;
  onSave: (text: string) => Promise<void>;
}

export function DocumentModal({ title, action, label, text, onClose, onSave }: Props) {
  const [value, setValue] = useState(text);
  const wrong = jsonError(value);
  return (
    <FormModal large title={title} action={action} disabled={Boolean(wrong)} onClose={onClose} onSubmit={() => onSave(value)}>
      <JsonEditor label={label} value={value} onChange={setValue} error={wrong} />
    </FormModal>
  );
}
