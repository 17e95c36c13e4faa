// Draws every `.chart` from the option in its JSON block, in the theme's colours and at its size.
(() => {
  const word = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = () => ({
    axisLine: { lineStyle: { color: word('--line-strong') } }, axisTick: { show: false },
    axisLabel: { color: word('--ink-3'), fontFamily: word('--font') },
    splitLine: { lineStyle: { color: word('--grid'), type: 'dashed' } },
  });
  const themed = (option) => ({
    ...option,
    animationDuration: 350,
    textStyle: { color: word('--ink-2'), fontFamily: word('--font') },
    legend: { ...option.legend, textStyle: { color: word('--ink-2') } },
    tooltip: {
      ...option.tooltip, backgroundColor: word('--surface'), borderColor: word('--line'),
      textStyle: { color: word('--ink'), fontSize: 13 },
    },
    // A chart without axes, such as a flow, must not be given any.
    ...(option.xAxis && {
      xAxis: { ...axis(), ...option.xAxis, splitLine: { show: false } },
      yAxis: { ...axis(), ...option.yAxis, axisLine: { show: false } },
    }),
  });
  function draw(box) {
    const option = JSON.parse(document.getElementById(box.dataset.option).textContent);
    const chart = window.echarts.getInstanceByDom(box)
      ?? window.echarts.init(box, null, { renderer: 'svg' });
    chart.setOption(themed(option), true);
    return chart;
  }
  const drawn = new WeakSet();
  function start() {
    for (const box of document.querySelectorAll('.chart')) {
      if (drawn.has(box)) continue;
      drawn.add(box);
      const chart = draw(box);
      new ResizeObserver(() => chart.resize()).observe(box);
    }
  }
  document.addEventListener('huiliu:theme', () => document.querySelectorAll('.chart').forEach(draw));
  document.addEventListener('htmx:after:swap', start);
  start();
})();
