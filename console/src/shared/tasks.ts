/** Many questions at once, but never too many. */

/** Each item's answer, in the items' order; fails with the first question that does. */
export async function askEach<Item, Answer>(items: Item[], ask: (item: Item) => Promise<Answer>, atOnce = 4): Promise<Answer[]> {
  const answers: Answer[] = new Array<Answer>(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      answers[index] = await ask(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return answers;
}
