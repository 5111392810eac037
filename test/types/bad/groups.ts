// Wrong groups. Each line under a comment is the compile error that the comment describes.
import { ClusterPrimary, type GroupOptions } from '../../../lib/index.js';

// error TS2353: 'workerScript' does not exist in type
export const prefixed: GroupOptions = { workerScript: './api.js' };

// error TS2353: 'gracefulOnSignals' does not exist in type
export const ofThePrimary: GroupOptions = { gracefulOnSignals: [] };

// error TS2322: Type '"xml"' is not assignable to type 'Serialization | undefined'.
new ClusterPrimary({ groups: { api: { serialization: 'xml' } } });

// error TS2561: Did you mean to write 'script'?
new ClusterPrimary({ groups: { api: { scirpt: './api.js' } } });
