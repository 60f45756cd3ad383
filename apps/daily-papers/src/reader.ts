import type { FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'reader';
const yearSeconds = 365 * 24 * 3600;

/** Who reads, by the cookie; a new reader gets one. The id is random and says nothing else. */
export function readerOf(request: FastifyRequest, reply: FastifyReply, newId: () => string): string {
  const known = request.cookies[cookieName];
  if (known !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(known)) return known;
  const made = newId();
  reply.setCookie(cookieName, made, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: request.protocol === 'https',
    maxAge: yearSeconds,
  });
  return made;
}
