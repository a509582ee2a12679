/** The counters and histograms, by name and label. No label holds an id of a session, an account or a tenant. */
import { Counter, Histogram, type Registry } from 'prom-client'

/** Seconds: from one AES block to a slow signature. */
const CRYPTO_BUCKETS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1]
/** Seconds: from a cached answer to a slow venue. */
const OPERATION_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createInstruments(registry: Registry) {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'http_requests_total',
      help: 'HTTP requests answered',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: OPERATION_BUCKETS,
      registers,
    }),
    refused: new Counter({
      name: 'access_refused_total',
      help: 'Requests refused for what their caller may do',
      labelNames: ['code'],
      registers,
    }),
    tee: new Counter({
      name: 'tee_operations_total',
      help: 'Calls into the TEE',
      labelNames: ['operation', 'outcome'],
      registers,
    }),
    teeAlias: new Counter({
      name: 'tee_operations_count',
      help: 'The same as tee_operations_total, under the name the requirements use',
      labelNames: ['operation', 'outcome'],
      registers,
    }),
    cryptoSeconds: new Histogram({
      name: 'crypto_operation_duration_seconds',
      help: 'Time of one cryptographic operation',
      labelNames: ['operation'],
      buckets: CRYPTO_BUCKETS,
      registers,
    }),
    cryptoErrors: new Counter({
      name: 'crypto_errors_total',
      help: 'Cryptographic operations that failed',
      labelNames: ['operation'],
      registers,
    }),
    operationSeconds: new Histogram({
      name: 'enclave_operation_seconds',
      help: 'Time of one operation of the enclave',
      labelNames: ['operation', 'outcome'],
      buckets: OPERATION_BUCKETS,
      registers,
    }),
    cleanups: new Counter({
      name: 'ttl_cleanups_total',
      help: 'Sessions destroyed because their time was over',
      registers,
    }),
    polls: new Counter({
      name: 'collection_polls_total',
      help: 'Pages asked of the venues',
      labelNames: ['venue', 'outcome'],
      registers,
    }),
    events: new Counter({
      name: 'collection_events_total',
      help: 'Events collected, each counted once',
      labelNames: ['venue', 'kind'],
      registers,
    }),
    appended: new Counter({ name: 'log_entries_total', help: 'Entries appended to the log', registers }),
  }
}
