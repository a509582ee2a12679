/** The session service: its verbs are in the files of the same names. */
import type { SessionService } from '../http/services.ts'
import { authorise, authoriseTogether } from './authorise.ts'
import type { SessionParts } from './parts.ts'
import { revoke } from './revoke.ts'
import { submit } from './submit.ts'

export function createSessions(parts: SessionParts): SessionService {
  return {
    submit: (submission, context) => submit(parts, submission, context),
    authorise: (sessionId, context) => authorise(parts, sessionId, context),
    authoriseTogether: (sessionIds, context) => authoriseTogether(parts, sessionIds, context),
    revoke: (session, context) => revoke(parts, session, context),
  }
}
