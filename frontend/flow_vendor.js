// What the journey canvas imports: React, React Flow, htm and dagre as one module.
import React from 'react';
import { createRoot } from 'react-dom/client';
import htm from 'htm';
import dagre from '@dagrejs/dagre';
export * from '@xyflow/react';
export { React, createRoot, dagre };
export const html = htm.bind(React.createElement);
export const { useState, useEffect, useMemo, useCallback, useRef, memo } = React;
