import { Readable } from 'node:stream';
import type pg from 'pg';

/** What of a pg connection the COPY protocol needs; pg has it, its types do not. */
interface CopyConnection {
  readonly query: (statement: string) => void;
  readonly sendCopyFromChunk: (chunk: Uint8Array) => void;
  readonly endCopyFrom: () => void;
  readonly sendCopyFail: (message: string) => void;
  readonly stream: Readable & { readonly writableNeedDrain: boolean };
}

/** The handlers that pg calls on a query of the caller's own. */
interface CopyQuery {
  readonly submit: (connection: CopyConnection) => void;
  readonly handleError: (error: Error) => void;
  readonly handleReadyForQuery: () => void;
  readonly handleCommandComplete: () => void;
  readonly handleCopyData?: (message: { readonly chunk: Uint8Array }, connection: CopyConnection) => void;
  readonly handleCopyInResponse?: (connection: CopyConnection) => void;
}

/** The bytes of a `copy … to stdout`, read no faster than they are used. */
export function copyOut(client: pg.ClientBase, statement: string): Readable {
  let connection: CopyConnection | null = null;
  const bytes = new Readable({
    read() {
      connection?.stream.resume();
    },
  });
  start(client, {
    submit: (opened) => {
      connection = opened;
      opened.query(statement);
    },
    handleCopyData: ({ chunk }, opened) => {
      // The chunk lies in pg's buffer, which is used again.
      if (!bytes.push(Buffer.from(chunk))) opened.stream.pause();
    },
    handleCommandComplete: () => {},
    handleError: (error) => bytes.destroy(error),
    handleReadyForQuery: () => {
      // Nobody asks for more after the end: a connection that was paused would stay so.
      connection?.stream.resume();
      bytes.push(null);
    },
  });
  return bytes;
}

/** Sends bytes to a `copy … from stdin`; resolves once the server has taken them all. */
export function copyIn(client: pg.ClientBase, statement: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed = false;
    start(client, {
      submit: (connection) => connection.query(statement),
      handleCopyInResponse: (connection) => void pump(connection, source),
      handleCommandComplete: () => {},
      handleError: (error) => {
        failed = true;
        reject(error);
      },
      handleReadyForQuery: () => {
        if (!failed) resolve();
      },
    });
  });
}

async function pump(connection: CopyConnection, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of source) {
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await drained(connection.stream);
    }
    connection.endCopyFrom();
  } catch (error) {
    connection.sendCopyFail(error instanceof Error ? error.message : String(error));
  }
}

function drained(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

function start(client: pg.ClientBase, query: CopyQuery): void {
  // pg takes any object with `submit`; its types know only those that it makes itself.
  (client as unknown as { query: (query: CopyQuery) => void }).query(query);
}
