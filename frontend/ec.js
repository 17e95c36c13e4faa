// The chart types that Huiliu's pages draw; SVG for the browser and the printers, canvas for many points.
import * as echarts from 'echarts/core';
import { LineChart, BarChart, PieChart, ScatterChart, HeatmapChart, SankeyChart, FunnelChart } from 'echarts/charts';
import {
  GridComponent, TooltipComponent, LegendComponent, DatasetComponent, TitleComponent,
  MarkLineComponent, MarkAreaComponent, VisualMapComponent, DataZoomComponent, AriaComponent,
} from 'echarts/components';
import { SVGRenderer, CanvasRenderer } from 'echarts/renderers';
echarts.use([
  LineChart, BarChart, PieChart, ScatterChart, HeatmapChart, SankeyChart, FunnelChart,
  GridComponent, TooltipComponent, LegendComponent, DatasetComponent, TitleComponent,
  MarkLineComponent, MarkAreaComponent, VisualMapComponent, DataZoomComponent, AriaComponent,
  SVGRenderer, CanvasRenderer,
]);
export const { init, use, graphic, getInstanceByDom, registerTheme, format, time } = echarts;
