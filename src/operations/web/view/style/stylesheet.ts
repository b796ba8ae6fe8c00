/** The one stylesheet. */
import { BASE_CSS } from './base.ts';
import { FRAME_CSS } from './frame.ts';
import { PARTS_CSS } from './parts.ts';
import { PICTURES_CSS } from './pictures.ts';
import { TABLES_CSS } from './tables.ts';
import { WIDTHS_CSS } from './widths.ts';

/** See the head of this file; what is later wins. */
export const PAGE_CSS = [BASE_CSS, FRAME_CSS, TABLES_CSS, PARTS_CSS, PICTURES_CSS, WIDTHS_CSS].join('');
