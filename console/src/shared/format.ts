/** Numbers and times as people read them. */
export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? "–" : (bytes / 1024 / 1024).toFixed(2);
}

export function moment(time: Date | undefined): string {
  return time ? time.toLocaleString() : "–";
}

export function shortDigest(digest: string | undefined): string {
  return digest ? `${digest.slice(0, 19)}…` : "–";
}
