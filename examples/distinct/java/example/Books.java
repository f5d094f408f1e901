package example;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.toCollection;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One book for each id, in three shapes of handlers: a plain static method (example.Books::distinct), a method of an object
 * (example.Books::titles) and a class that is a RequestHandler (example.Books), which itself holds method references.
 */
public class Books implements RequestHandler<List<Book>, List<Book>> {
    private static final Function<List<Book>, List<Book>> RULE = Books::distinct;
    private static final Comparator<Book> BY_ID = comparing(Book::getId);

    /** The first book of each id, sorted by id. */
    public static List<Book> distinct(List<Book> books) {
        return books.stream().collect(collectingAndThen(toCollection(() -> new TreeSet<>(comparing(Book::getId))), ArrayList::new));
    }

    /** How many titles there are, whatever their ids. */
    public List<String> titles(List<Book> books) {
        return books.stream().map(Book::getTitle).distinct().toList();
    }

    /** The same as distinct, but sorted from the greatest id down. */
    @Override
    public List<Book> handleRequest(List<Book> books, Context context) {
        List<Book> kept = RULE.apply(books);
        kept.sort(BY_ID.reversed());
        return kept;
    }
}
