// Moves cards of the board by pointer and by keyboard; each card's own form does the same.
// Arrow keys walk the cards, Alt with left or right moves one on or back.
const TYPE = 'application/x-huiliu-piece';
const board = document.getElementById('board');

const columnOf = (piece) => piece.closest('.board-column');
function move(piece, state) {
  const form = piece.querySelector('.piece-move');
  if (!form || !piece.dataset.ways.split(' ').includes(state)) return false;
  form.elements.state.value = state;
  form.requestSubmit();
  return true;
}

if (board) {
  board.addEventListener('dragstart', (event) => {
    const piece = event.target.closest?.('.piece[draggable="true"]');
    if (!piece) return;
    event.dataTransfer.setData(TYPE, piece.dataset.piece);
    event.dataTransfer.effectAllowed = 'move';
    piece.classList.add('is-dragged');
  });
  const clear = () => board.querySelectorAll('.is-over').forEach((one) => one.classList.remove('is-over'));
  board.addEventListener('dragend', (event) => {
    event.target.classList?.remove('is-dragged');
    clear();
  });
  board.addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes(TYPE)) return;
    const dragged = board.querySelector('.is-dragged');
    const column = event.target.closest?.('.board-column');
    clear();
    if (!column || !dragged?.dataset.ways.split(' ').includes(column.dataset.state)) return;
    event.preventDefault();
    column.classList.add('is-over');
  });
  board.addEventListener('drop', (event) => {
    const key = event.dataTransfer.getData(TYPE);
    const column = event.target.closest?.('.board-column');
    const piece = [...board.querySelectorAll('.piece')].find((one) => one.dataset.piece === key);
    if (!piece || !column) return;
    event.preventDefault();
    move(piece, column.dataset.state);
  });
  board.addEventListener('keydown', (event) => {
    const piece = event.target.closest?.('.piece');
    if (!piece || event.target.matches('select, button')) return;
    const column = columnOf(piece);
    const columns = [...board.querySelectorAll('.board-column')];
    const at = columns.indexOf(column);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && event.altKey) {
      const wanted = columns[at + step]?.dataset.state;
      if (wanted) event.preventDefault();
      if (wanted && !move(piece, wanted)) document.getElementById('board-said').textContent = columns[at + step].querySelector('h2').textContent;
      return;
    }
    const cards = (one) => [...one.querySelectorAll('.piece-title')];
    let next = null;
    if (step) {
      for (let to = at + step; columns[to] && !next; to += step) next = cards(columns[to])[0];
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const own = cards(column);
      next = own[own.indexOf(piece.querySelector('.piece-title')) + (event.key === 'ArrowDown' ? 1 : -1)];
    }
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

// A form that sends a file says what it is called: the server sees its bytes only.
for (const form of document.querySelectorAll('form[data-names-file]')) {
  form.addEventListener('submit', () => {
    form.elements.name.value = form.elements.file.files[0]?.name ?? '';
  });
}
