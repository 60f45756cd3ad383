import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Session } from './session.ts';
import { messageWaits, words, type Command, type Reply, type WorkerStart } from './worker-protocol.ts';

const { port, control } = workerData as WorkerStart;
const sessions = new Map<number, Session>();

function sessionOf(program: number): Session {
  const session = sessions.get(program);
  if (session === undefined) throw new RangeError(`cannot run program ${program}, as it must be loaded: it is not`);
  return session;
}

function obey(command: Command): Reply {
  switch (command.kind) {
    case 'load': {
      const session = new Session(command.bytes, command.settings);
      sessions.set(command.program, session);
      return { kind: 'loaded', inputs: session.inputs, outputs: session.outputs };
    }
    case 'bind':
      sessionOf(command.program).bind(command.feeds, command.fetches, command.update);
      return { kind: 'done' };
    case 'steps':
      sessionOf(command.program).runSteps(command.steps, command.feeds, command.fetches, command.learningRates);
      return { kind: 'done' };
    case 'unload':
      sessions.get(command.program)?.dispose();
      sessions.delete(command.program);
      return { kind: 'done' };
  }
}

/** What is to be said of a request: nothing, where it was a plain run that went well. */
function answer(program: number): Reply | null {
  try {
    if (program !== messageWaits) {
      sessionOf(program).run();
      return null;
    }
    const received = receiveMessageOnPort(port);
    return received === undefined ? null : obey(received.message as Command);
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

// The thread never returns to its event loop: it sleeps until the word changes, and ends when it is terminated.
let seen = 0;
for (;;) {
  Atomics.wait(control, words.request, seen);
  seen = Atomics.load(control, words.request);
  const reply = answer(Atomics.load(control, words.program));
  Atomics.store(control, words.hasReply, reply === null ? 0 : 1);
  if (reply !== null) port.postMessage(reply);
  Atomics.add(control, words.done, 1);
  Atomics.notify(control, words.done);
}
