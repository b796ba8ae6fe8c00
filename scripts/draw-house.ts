/** Prints the picture of this checkout, or of another: `node scripts/draw-house.ts ../older-checkout`. */
import { resolve } from 'node:path';
import { housePicture } from './house/picture.ts';

console.log(housePicture(resolve(process.argv[2] ?? resolve(import.meta.dirname, '..'))));
