/** Times as people write them. */

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date or a time of ISO 8601, in UTC where no zone is given; undefined for anything else. */
export function parseTime(text: string): Date | undefined {
  const [, day = '', clock = '00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  const time = new Date(`${day}T${clock}${zone}`);
  // JavaScript takes February 30th for March 2nd.
  const isDay = new Date(`${day}T00:00:00Z`);
  const isTime =
    !Number.isNaN(time.getTime()) && !Number.isNaN(isDay.getTime()) && isDay.toISOString().startsWith(day);
  return isTime ? time : undefined;
}
