// The one place that knows where React comes from.
import { React, createRoot, html, useCallback, useEffect, useMemo, useRef, useState } from '../../vendor/flow.mjs';

export const { createContext, useContext, useId, Fragment } = React;
export { createRoot, html, useCallback, useEffect, useMemo, useRef, useState };
