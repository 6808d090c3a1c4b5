// A database of a million repairs made into one of ten million, in place: each row of what grows with them nine times more, in the
// same moments (the copy is told by the node in its id, base/id.h), so that every index is ten times as large and as deep as it would be.
// The audit chain and the seals are not those of the copies: such a database is for measuring only.
const TIMES = 9, NODE = 12 // bits from the right
const id = (column) => `${column} - (i::bigint << ${NODE})`
/* What differs in a copy; its other columns are as they are. */
const TABLES = {
  repair: { id: id('id'), no: "no || '-' || i" },
  clock: { id: id('id'), record_id: id('record_id') },
  event: { n: 'n + i * most', id: id('id'), record_id: `CASE WHEN record_type = 'repair' THEN ${id('record_id')} ELSE record_id END` },
}

/** `psql(...commands)` runs them one by one as a superuser and gives what the last one says; `say` tells how far it is. */
export function tenfold(psql, say) {
  const lines = (sql) => psql(sql).split('\n').filter(Boolean)
  const nodes = psql(`SELECT string_agg(DISTINCT ((id >> ${NODE}) & 1023)::text, ',') FROM repair`)
  if (!(Number(nodes) > TIMES)) throw new Error(`the ids are of the nodes ${nodes}: one is expected, above ${TIMES}`)
  /* Meanwhile nothing is durable; at the end all is. */
  psql('ALTER SYSTEM SET fsync = off', 'ALTER SYSTEM SET full_page_writes = off', 'SELECT pg_reload_conf()')
  try {
    for (const [table, changes] of Object.entries(TABLES)) {
      const indexes = lines(`SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '${table}'::regclass AND NOT indisprimary`)
      const drops = lines(`SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indrelid = '${table}'::regclass AND NOT indisprimary`)
      const columns = lines(`SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`)
      say(`${table}: rows`)
      psql(...drops, 'SET session_replication_role = replica',
        `INSERT INTO "${table}" (${columns}) SELECT ${columns.map((column) => changes[column] ?? column)} FROM "${table}",
         generate_series(1, ${TIMES}) i${table === 'event' ? ', (SELECT max(n) AS most FROM event) m' : ''}`)
      say(`${table}: ${indexes.length} indexes`)
      psql("SET maintenance_work_mem = '2GB'", 'SET max_parallel_maintenance_workers = 2', ...indexes)
    }
    psql('UPDATE org SET n = (SELECT max(n) FROM event)')
    say('vacuum')
    psql('VACUUM ANALYZE repair, clock, event')
  } finally {
    psql('ALTER SYSTEM RESET fsync', 'ALTER SYSTEM RESET full_page_writes', 'SELECT pg_reload_conf()', 'CHECKPOINT')
  }
}
