/** Replies that are files: streamed, named, never shown by a browser as a page of ours. */

const encoder = new TextEncoder();

/** A name for the user's disk: what is not plain becomes a dash, so that nothing needs quoting. */
const plainName = (name: string): string =>
  name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'download';

function streamOf(pieces: AsyncIterator<string | Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
    },
    // The reader went away: the generator's own clean-up ends the query.
    async cancel() {
      await pieces.return?.();
    },
  });
}

/**
 * Starts with the first piece, so that what fails before there is anything to send is still an error reply and not a cut file.
 */
export async function download(
  pieces: AsyncGenerator<string | Uint8Array>,
  name: string,
  type: string,
): Promise<Response> {
  const first = await pieces.next();
  async function* all(): AsyncGenerator<string | Uint8Array> {
    try {
      if (first.done !== true) yield first.value;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  }
  return new Response(streamOf(all()), {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${plainName(name)}"` },
  });
}
